// A second translation unit in every test program: a header that defines something not inline fails to link.
