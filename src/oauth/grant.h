#pragma once

#include <string>

#include "base/secret.h"

namespace oauth {

// What a sign-in brings.
struct Grant {
  base::Secret token;
  std::string account;  // may be empty
  std::string note;     // for the person; may be empty
};

}  // namespace oauth
