#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace catalogue {

// What a value must be. See check_rule in validate.h.
struct Rule {
  enum class Kind { kRegex, kIntRange, kPem, kBase64, kPemOrBase64, kYaml, kJson };
  std::string id, say;  // `say` is what the person is told
  Kind kind = Kind::kRegex;
  std::shared_ptr<const re2::RE2> pattern, refuse_pattern;
  std::int64_t min = 0, max = 0;
  std::vector<std::string> labels;                    // of PEM blocks
  std::vector<std::string> needs;                     // labels ("A|B" is either), or paths of YAML
  std::string parse;                                  // "x509", "pkey", "ssh_key", "pkcs12"
  std::string must_match;                             // parameter with the certificate of this key
  std::string key_type;                               // "RSA"
  std::string password_parameter;                     // opens the PKCS#12
  std::vector<std::string> refuse, refuse_file_refs;  // paths and keys of YAML
};

}  // namespace catalogue
