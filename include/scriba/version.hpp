#pragma once

#define SCRIBA_VERSION_MAJOR 0
#define SCRIBA_VERSION_MINOR 1
#define SCRIBA_VERSION_PATCH 0

namespace scriba {

/// The version of these headers.
inline constexpr const char* kVersion = "0.1.0";

}  // namespace scriba
