"""What is known of AWS itself: the account, its regions, the policies that AWS maintains."""
