"""Who works here: accounts without e-mail addresses or faces, and what each may do."""
