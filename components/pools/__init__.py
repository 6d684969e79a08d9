"""What pools of GPU nodes have in common, whatever cloud runs them."""
