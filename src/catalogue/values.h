#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace catalogue {

// The values of one connection by parameter id: plain ones, which may be shown, and secret ones, which may not. A bool
// is "true" or "false", a number its decimal text. A secret may be known to be stored without its text being at hand.
class Values {
 public:
  void set(std::string id, std::string text);
  void set_secret(std::string id, base::Secret secret);
  void set_stored(std::string id);  // a secret of this id is in the vault
  void erase(std::string_view id);

  bool has(std::string_view id) const;                    // has a value that is not empty, or a stored secret
  std::string_view text(std::string_view id) const;       // empty if absent or secret
  const base::Secret* secret(std::string_view id) const;  // null if absent, plain, or only stored
  bool is_true(std::string_view id) const;

  const std::map<std::string, std::string, std::less<>>& plain() const { return plain_; }
  const std::map<std::string, base::Secret, std::less<>>& secrets() const { return secrets_; }
  const std::set<std::string, std::less<>>& stored() const { return stored_; }

 private:
  std::map<std::string, std::string, std::less<>> plain_;
  std::map<std::string, base::Secret, std::less<>> secrets_;
  std::set<std::string, std::less<>> stored_;
};

}  // namespace catalogue
