"""Who may do what: signatures, IAM's evaluation of policies, and the record of what was asked."""
