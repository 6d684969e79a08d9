"""Day-2 work on a SageMaker endpoint: what runs, weights of a canary, logs."""
