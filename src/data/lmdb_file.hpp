#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <lmdb.h>

namespace scriba::data::detail {

/// "image-000000001" for the first word.
std::string word_key(const char* kind, std::size_t i);

/// LMDB takes pointers that it does not write through.
MDB_val lmdb_value(std::string_view bytes);

}  // namespace scriba::data::detail
