"""Events out: to the vendors of their pipeline; what cannot be delivered is kept to be sent again."""
