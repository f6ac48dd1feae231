#pragma once

#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "jsonapi/json.h"

namespace signin {

// A provider's key: RS256 or ES256.
class Signer {
 public:
  Signer(const std::string& algorithm, std::string id);
  ~Signer();

  jsonapi::Json jwk() const;
  // A JWS in compact form; `header` may name another algorithm or key than ours.
  std::string sign(const jsonapi::Json& claims, jsonapi::Json header = {}) const;

 private:
  class Key;
  std::unique_ptr<Key> key_;
  std::string algorithm_;
  std::string id_;
};

}  // namespace signin
