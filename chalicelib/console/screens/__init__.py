"""The screens. Each module registers the pages of one of them."""
