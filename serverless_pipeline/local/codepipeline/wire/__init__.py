"""CodePipeline on the wire: a request is checked, authorized, carried out and answered."""
