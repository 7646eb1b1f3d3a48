"""What stands in where AWS's runtime interface client has no native part."""
