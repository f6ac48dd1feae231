#pragma once

#include <map>
#include <string>
#include <string_view>

#include "catalogue/catalogue.h"
#include "catalogue/values.h"

namespace catalogue {

// The address of the outside service, and its parts. Parts that the text does not have are empty.
struct TargetText {
  std::string text;
  std::string origin;                                     // "https://host:8443": scheme, host and port as written
  std::string scheme, host, port;                         // host without brackets, lower case is kept as written
  std::string hostport, path;                             // "host:8443"; "/a/b" without query, "" if there is none
  std::map<std::string, std::string, std::less<>> query;  // decoded
  std::map<std::string, std::string, std::less<>> parts;  // by TargetPart::id, defaults filled in
};

// Splits a target. Never fails: what is no URL has only a text.
TargetText split_target(const Type& type, std::string_view text);

// The target of a connection, from its values (with defaults in place). Secrets are looked at only where the type
// says so (the host of a service bus' connection string) and never become part of it.
TargetText assemble_target(const Catalogue& catalogue, const Type& type, const Scheme& scheme, const Values& values);

}  // namespace catalogue
