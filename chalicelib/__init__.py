"""Datafly Signal: first-party event collection, one folder for each thing the product does."""
