FROM contact_rows()
