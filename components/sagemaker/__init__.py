"""A SageMaker endpoint for the Marketplace package, with scaling and alarms."""
