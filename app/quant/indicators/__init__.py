"""The one indicator engine: one file a family and the catalogue over them."""
