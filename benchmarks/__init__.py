"""What the product costs, beside its budgets: counts, and ratios of figures taken in one run."""
