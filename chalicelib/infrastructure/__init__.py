"""What is deployed around the functions: CloudFormation resources, derived from the models."""
