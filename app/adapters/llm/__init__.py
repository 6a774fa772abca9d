"""Any OpenAI-compatible endpoint: how it is asked, what its answers must be, and what its failures mean."""
