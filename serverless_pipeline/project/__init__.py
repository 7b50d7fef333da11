"""What a project delivers: its templates, the bundle of the functions, its source, and the plan made of them."""
