"""What commands show, as lines of styled pieces."""
