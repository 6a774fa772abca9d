"""Small controls that panels are made of. Each takes the theme first and knows no service."""
