"""Facts as plain typed data, one row a fact with its source; read by every other room and importing none of them."""
