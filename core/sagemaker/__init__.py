"""SageMaker endpoints as data: what runs, weights of a trial, rights of callers."""
