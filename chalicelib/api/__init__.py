"""How a request becomes an answer: operations, validation, idempotency, and the OpenAPI document made of them."""
