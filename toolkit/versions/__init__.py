"""What a stack pins of AWS's versions, what AWS has published, and the change from one to the other."""
