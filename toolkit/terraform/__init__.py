"""From Terraform to a stack: variables become settings, state becomes inputs or is adopted. Changes nothing there."""
