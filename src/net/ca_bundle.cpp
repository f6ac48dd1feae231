// The one place outside crypto/ that reads certificates: only to say whether a pasted CA file is one.
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "net/http_client.h"

namespace net {
namespace {

constexpr std::size_t kLargestBundle = std::size_t{256} << 10U;
constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

base::Error not_a_bundle(const std::string& why) {
  return base::invalid("This is not a CA bundle: " + why +
                       ". Paste the certificate of your certificate authority in PEM form "
                       "('-----BEGIN CERTIFICATE-----')");
}

}  // namespace

base::Status check_ca_bundle(std::string_view pem) {
  if (pem.size() > kLargestBundle) return not_a_bundle("it is larger than 256 KB");
  if (pem.find("PRIVATE KEY-----") != std::string_view::npos) {
    return not_a_bundle("it holds a private key, which belongs nowhere but on its own server");
  }
  const std::size_t announced = count(pem, "-----BEGIN ");
  if (announced == 0) return not_a_bundle("it holds no PEM block");
  if (announced != count(pem, kBegin)) return not_a_bundle("it holds something else than certificates");
  const std::unique_ptr<BIO, decltype(&BIO_free)> input(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                        &BIO_free);
  std::size_t read = 0;
  while (const auto certificate = std::unique_ptr<X509, decltype(&X509_free)>(
             PEM_read_bio_X509(input.get(), nullptr, nullptr, nullptr), &X509_free)) {
    ++read;
  }
  ERR_clear_error();  // the end of the text counts as an error there
  if (read != announced) return not_a_bundle("certificate " + std::to_string(read + 1) + " in it cannot be read");
  return {};
}

}  // namespace net
