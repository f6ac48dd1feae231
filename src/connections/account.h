#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "connections/secrets.h"
#include "connections/verification.h"

namespace connections {

// What making an account of a connection's own at its service came to.
struct AccountMade {
  bool done = false;
  std::map<std::string, std::string> fields;  // values for the record, by parameter
  Secrets secrets;                            // and for the vault
  std::vector<std::string> warnings;
  std::string problem;            // if not done; for people
  std::vector<std::string> left;  // and what could not be taken back
};

struct AccountRemoved {
  std::vector<std::string> removed;
  std::vector<std::string> left;  // each with its reason
};

// For schemes whose connections get an account of their own (catalogue: on_create). All block for as long as the
// service takes and are safe to call from many threads.
struct Accounts {
  std::function<std::string(const ServiceConnectionId&)> name;
  std::function<bool(const catalogue::Scheme&)> can_make;
  std::function<AccountMade(const Attempt&, const std::string& name)> make;
  std::function<AccountRemoved(const Attempt&, const std::string& name)> remove;
};

// Among what a connection has learned: the name of the account that was made for it.
inline constexpr const char* kAccount = "account";

}  // namespace connections
