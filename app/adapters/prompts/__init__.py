"""Prompt templates: Jinja2 in a sandbox, in a process of its own."""
