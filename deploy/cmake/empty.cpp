// A library whose folder has only headers needs one file to be made of.
