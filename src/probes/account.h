#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probes/probes.h"

namespace probes {

// An account of the connection's own that is made at the service, so that runs need not have the credentials that it is
// made with. Of Kubernetes: a ServiceAccount with a token that does not end, bound to the role "admin" of its namespace
// (docs/adr/0015-accounts-of-its-own.md).
struct Account {
  std::string server;  // the API's address
  base::Secret token;
  std::string authorities;  // PEM; empty: the system's
  std::vector<std::string> warnings;
};

struct AccountMade {
  bool done = false;
  Account account;                // if done
  std::string problem;            // otherwise: for people, with the service's own words and what to do
  std::vector<std::string> left;  // and what was made and could not be taken back
};

struct AccountRemoved {
  std::vector<std::string> removed;
  std::vector<std::string> left;  // each with its reason
};

// What everything that belongs to the connection is called; always the same for the same id.
std::string account_name(std::string_view connection_id);

// Whether accounts can be made for this scheme: its verification fetches the credentials to make them with.
bool can_make_account(const catalogue::Scheme& scheme);

// What is there already under that name is taken over, so that it can be tried again; what this attempt made is removed
// when it fails.
AccountMade make_account(const catalogue::Type& type, const catalogue::Scheme& scheme, const catalogue::Values& values,
                         const Environment& environment, const std::string& name);
// What is gone already counts as removed.
AccountRemoved remove_account(const catalogue::Type& type, const catalogue::Scheme& scheme,
                              const catalogue::Values& values, const Environment& environment, const std::string& name);

}  // namespace probes
