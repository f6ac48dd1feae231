#include "runs/log_address.h"

#include "base/strings.h"
#include "crypto/equal.h"
#include "crypto/hash.h"

namespace runs {

std::string LogAddresses::signed_text(const std::string& text) const {
  return text + "." + base::to_base64url(crypto::hmac_sha256(key_.reveal(), text));
}

std::string LogAddresses::secret_of(const std::string& phase) const {
  return signed_text(phase + "." + std::to_string(base::to_millis(clock_.now() + kGoodFor) / 1'000));
}

base::Result<std::string> LogAddresses::phase_of(std::string_view secret) const {
  const auto end_of_text = secret.rfind('.');
  if (end_of_text == std::string_view::npos) return base::not_found("not found");
  const std::string text(secret.substr(0, end_of_text));
  if (!crypto::equal(signed_text(text), secret)) return base::not_found("not found");
  const auto end_of_phase = text.find('.');
  const auto until = base::to_integer(text.substr(end_of_phase + 1));
  if (!until || base::from_millis(*until * 1'000) < clock_.now()) {
    return base::not_found("this address of a log is too old: read the plan or apply again, which has a new one");
  }
  return text.substr(0, end_of_phase);
}

}  // namespace runs
