#include "crypto/aead.h"

#include <openssl/evp.h>

#include <array>
#include <limits>
#include <memory>
#include <new>

#include "base/random.h"

namespace crypto {
namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Context make_context() {
  Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  if (!context) throw std::bad_alloc();
  return context;
}

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

int length(std::string_view text) {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) throw std::bad_alloc();
  return static_cast<int>(text.size());
}

base::Error does_not_open() { return base::internal("a sealed value does not open: wrong key, or it was altered"); }

}  // namespace

base::Secret random_key() {
  std::string key(kKeyBytes, '\0');
  base::fill_random({bytes(key), key.size()});
  base::Secret secret(key);
  base::wipe(key.data(), key.size());
  return secret;
}

std::string seal(const base::Secret& key, std::string_view plain, std::string_view associated) {
  const auto context = make_context();
  std::string sealed(kNonceBytes + plain.size() + kTagBytes, '\0');
  base::fill_random({bytes(sealed), kNonceBytes});
  int written = 0;
  unsigned char* body = bytes(sealed) + kNonceBytes;
  const bool done =
      key.size() == kKeyBytes &&
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(key.reveal()), bytes(sealed)) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &written, bytes(associated), length(associated)) == 1 &&
      EVP_EncryptUpdate(context.get(), body, &written, bytes(plain), length(plain)) == 1 &&
      EVP_EncryptFinal_ex(context.get(), body + plain.size(), &written) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, body + plain.size()) == 1;
  if (!done) throw std::bad_alloc();
  return sealed;
}

base::Result<base::Secret> open(const base::Secret& key, std::string_view sealed, std::string_view associated) {
  if (key.size() != kKeyBytes || sealed.size() < kNonceBytes + kTagBytes) return does_not_open();
  const auto context = make_context();
  const std::string_view body = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  std::string plain(body.size(), '\0');
  int written = 0;
  const bool genuine =
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(key.reveal()), bytes(sealed)) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &written, bytes(associated), length(associated)) == 1 &&
      EVP_DecryptUpdate(context.get(), bytes(plain), &written, bytes(body), length(body)) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, bytes(tag)) == 1 &&
      EVP_DecryptFinal_ex(context.get(), bytes(plain) + plain.size(), &written) == 1;
  base::Secret secret(genuine ? plain : std::string());
  base::wipe(plain.data(), plain.size());
  if (!genuine) return does_not_open();
  return secret;
}

}  // namespace crypto
