"""Making what is deployed: one zip and one CloudFormation template per stage, checked before anybody sees them."""
