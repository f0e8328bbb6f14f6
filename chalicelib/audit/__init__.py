"""The audit trail: who changed what, when and from where. Written in the transaction of each change, never changed."""
