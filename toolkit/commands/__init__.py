"""One module a verb; `toolkit.main` lists them."""
