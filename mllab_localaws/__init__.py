"""An embedded AWS on localhost: the parts of AWS that the lab walks through, really working."""
