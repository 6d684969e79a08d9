"""The route over a SageMaker endpoint."""
