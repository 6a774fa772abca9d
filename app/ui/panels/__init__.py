"""The panels of the window, one file each, and the catalogue that seats them."""
