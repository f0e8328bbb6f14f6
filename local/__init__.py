"""One machine: the product with an embedded AWS, for trying it out, developing and testing. Never deployed."""
