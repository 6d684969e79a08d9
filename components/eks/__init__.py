"""A cluster on Amazon EKS: network, control plane, node groups and EKS add-ons."""
