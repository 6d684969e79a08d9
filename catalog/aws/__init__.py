"""Facts of AWS: instance types, EKS versions and SageMaker."""
