"""The API's tests on MiniStack with IAM enforced, in moto's place (`make test AWS=ministack`).

What is deployed there is the product's own template: tables, queues, buckets, key, and the roles of the functions with
their policies. While a function runs in this process, its calls are signed with credentials of its role, so that
whether they are allowed is said by an engine that knows nothing of tests/permissions.py. A test's own calls are the
administrator's.
"""
