#pragma once

#include <functional>

#include <scriba/core/error.hpp>

namespace scriba::data {

/// What readers of labels and lists do with an entry that they cannot read. Empty: they throw the Error. Otherwise they call it with the
/// Error, leave the entry out and go on, so that every error of a file can be listed.
using BadEntry = std::function<void(const Error&)>;

}  // namespace scriba::data
