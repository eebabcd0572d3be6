#pragma once

#include <string>

#include <scriba/core/error.hpp>

/// What the Error says that `act` throws.
inline std::string message(const auto& act) {
  try {
    act();
  } catch (const scriba::Error& error) {
    return error.what();
  }
  return "nothing thrown";
}
