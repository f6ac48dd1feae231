#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "catalogue/catalogue.h"
#include "catalogue/values.h"

namespace catalogue {

// One connection that a run gets. Everything is borrowed.
struct Use {
  const Type* type = nullptr;
  const Scheme* scheme = nullptr;
  std::string name;
  const Values* values = nullptr;  // with the secrets' texts
  std::string prefix;              // put in front of every variable's name; may be empty
  std::string known_host_line;     // remembered host key, for SSH
  // What needed_captures() names, fetched when the run starts.
  StepFacts steps;
  std::map<std::string, base::Secret, std::less<>> references;  // "azure_subscription.arm_url", …
};

struct MaterialVariable {
  std::string name;
  base::Secret value;
  bool secret = false;
  std::string connection;  // who brought it
};

struct MaterialFile {
  std::string path;  // below the private directory; never absolute, no ".."
  std::uint32_t mode = 0600;
  base::Secret content;
  bool secret = false;
};

struct Materials {
  std::vector<MaterialVariable> variables;
  std::vector<MaterialFile> files;
  // Every text to mask in the run's log: secrets as stored and in each form they were written in (Base64, percent-
  // encoded, …), longest first, none shorter than 4 bytes.
  std::vector<base::Secret> masked;
  std::vector<std::string> warnings;
};

// Variables and files that a run receives for its connections, in the order given; `dir` is the absolute path of its
// private directory. Pure: writes nothing. Several of a kind are merged (one docker config, one askpass script, …);
// kConflict names both connections where that cannot be. With `endpoint_variables` also ENDPOINT_….
base::Result<Materials> materialize(const Catalogue& catalogue, std::span<const Use> uses, std::string_view dir,
                                    bool endpoint_variables = false);

// What must be fetched before a run can have this connection: "token.access_token", "exchange.refresh_token",
// "oidc.jwt". The part before the dot is the id of the verification step that captures it.
std::vector<std::string> needed_captures(const Scheme& scheme);

}  // namespace catalogue
