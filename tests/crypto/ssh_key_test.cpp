#include "crypto/ssh_key.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "base/file.h"
#include "base/process.h"
#include "base/strings.h"

namespace {

using base::Secret;
using crypto::SshKey;
using crypto::SshKeyProblem;
using crypto::SshKeyType;
using testing::HasSubstr;

class SshKeyTest : public testing::Test {
 protected:
  void SetUp() override {
    auto made = base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "sshkey-");
    ASSERT_TRUE(made);
    directory_.emplace(std::move(*made));
  }

  std::string path(const std::string& name) const { return (directory_->path() / name).string(); }

  std::string shell(const std::string& script, bool must_work = true) {
    base::Command command{.arguments = {"sh", "-ec", script}};
    command.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/nonexistent"}};
    command.directory = directory_->path();
    const auto result = base::run_process(command);
    EXPECT_TRUE(result);
    if (!result) return {};
    if (must_work) {
      EXPECT_TRUE(result->succeeded()) << script << "\n" << result->errors;
    }
    return result->output;
  }

  std::string file(const std::string& name) {
    auto text = base::read_file(path(name), 1 << 20);
    EXPECT_TRUE(text);
    return text ? *text : std::string();
  }

  // The private key that a script of the command line writes to the file "key".
  std::string made_by(const std::string& script) {
    shell("rm -f key key.pub; " + script);
    return file("key");
  }

  // What `ssh-keygen -l` says of our public line.
  std::string keygen_fingerprint(const SshKey& key, const std::string& hash) {
    EXPECT_TRUE(base::write_file(path("check.pub"), key.public_line() + "\n"));
    return base::split(shell("ssh-keygen -l -E " + hash + " -f check.pub"), ' ').at(1);
  }

  // ssh-keygen signs with the private text and verifies with the public line: both halves are what OpenSSH expects.
  void expect_openssh_uses_it(const SshKey& key) {
    ASSERT_TRUE(base::write_file(path("used"), key.private_text().reveal(), 0600));
    ASSERT_TRUE(base::write_file(path("signers"), "me " + key.public_line() + "\n"));
    shell(
        "echo text > text; rm -f text.sig; ssh-keygen -q -Y sign -f used -n file text;"
        "ssh-keygen -q -Y verify -f signers -I me -n file -s text.sig < text");
    EXPECT_EQ(base::trim(shell("ssh-keygen -y -P '' -f used")), base::trim(key.public_line()));
  }

  std::optional<base::TemporaryDirectory> directory_;
};

struct Form {
  const char* name;
  const char* script;
  SshKeyType type;
  int bits;
};

class GoodKey : public SshKeyTest, public testing::WithParamInterface<Form> {};

TEST_P(GoodKey, T_K01_IsReadAndGivesTheSameFingerprintsAsSshKeygen) {
  const auto text = made_by(GetParam().script);
  SshKeyProblem problem = SshKeyProblem::kNotAKey;
  const auto key = SshKey::import(Secret(text), &problem);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(problem, SshKeyProblem::kNone);
  EXPECT_EQ(key->type(), GetParam().type);
  EXPECT_EQ(key->bits(), GetParam().bits);
  const auto expected = base::split(shell("ssh-keygen -y -P '' -f key"), ' ');
  EXPECT_THAT(key->public_line(), testing::StartsWith(expected.at(0) + " " + std::string(base::trim(expected.at(1)))));
  EXPECT_EQ(key->fingerprint(), keygen_fingerprint(*key, "sha256"));
  EXPECT_EQ(key->fingerprint_md5(), keygen_fingerprint(*key, "md5"));
  expect_openssh_uses_it(*key);
}

TEST_P(GoodKey, T_K01_LineEndsAndMissingLastNewlineDoNotMatter) {
  const auto text = made_by(GetParam().script);
  const auto reference = SshKey::import(Secret(text));
  ASSERT_TRUE(reference);
  const auto crlf = base::replace_all(text, "\n", "\r\n");
  const std::string bare(base::trim(text));
  for (const auto& variant : {crlf, bare, "\n\n  " + text + "\n \n", "\xEF\xBB\xBF" + text}) {
    const auto key = SshKey::import(Secret(variant));
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_EQ(key->private_text().reveal(), reference->private_text().reveal());
  }
}

TEST_P(GoodKey, T_K01_OurOwnTextReadsBackAsTheSame) {
  const auto key = SshKey::import(Secret(made_by(GetParam().script)));
  ASSERT_TRUE(key);
  const auto again = SshKey::import(key->private_text());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->public_line(), key->public_line());
  EXPECT_EQ(again->private_text().reveal(), key->private_text().reveal());
}

TEST_P(GoodKey, T_K01_CutAnywhereItIsRefused) {
  const auto text = made_by(GetParam().script);
  for (std::size_t size = 1; size + 30 < text.size(); size += 37) {
    EXPECT_FALSE(SshKey::import(Secret(text.substr(0, size)))) << size;
    // The frame whole, the body short.
    const auto header = text.find('\n') + 1, footer = text.rfind("-----END");
    if (size < header + 8 || size >= footer) continue;
    EXPECT_FALSE(SshKey::import(Secret(text.substr(0, size) + "\n" + text.substr(footer)))) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Forms, GoodKey,
    testing::Values(
        Form{"openssh_ed25519", "ssh-keygen -q -t ed25519 -N '' -C 'me@here' -f key", SshKeyType::kEd25519, 256},
        Form{"openssh_rsa", "ssh-keygen -q -t rsa -b 3072 -N '' -C '' -f key", SshKeyType::kRsa, 3072},
        Form{"openssh_p256", "ssh-keygen -q -t ecdsa -b 256 -N '' -f key", SshKeyType::kEcdsa, 256},
        Form{"openssh_p384", "ssh-keygen -q -t ecdsa -b 384 -N '' -f key", SshKeyType::kEcdsa, 384},
        Form{"openssh_p521", "ssh-keygen -q -t ecdsa -b 521 -N '' -f key", SshKeyType::kEcdsa, 521},
        Form{"pkcs1_rsa", "ssh-keygen -q -t rsa -b 3072 -m PEM -N '' -f key", SshKeyType::kRsa, 3072},
        Form{"pkcs8_rsa",
             "openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out key 2>/dev/null ||"
             " openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out key 2>/dev/null; chmod 600 key",
             SshKeyType::kRsa, 3072},
        Form{"sec1_p256", "openssl ecparam -name prime256v1 -genkey -noout -out key; chmod 600 key", SshKeyType::kEcdsa,
             256},
        Form{"sec1_with_parameters", "openssl ecparam -name secp384r1 -genkey -out key; chmod 600 key",
             SshKeyType::kEcdsa, 384},
        Form{"pkcs8_p521",
             "openssl ecparam -name secp521r1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out key; chmod 600 key",
             SshKeyType::kEcdsa, 521}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(SshKeyTest, T_K01_AnEd25519KeyOfOpensslIsRead) {
  const auto key = SshKey::import(Secret(made_by("openssl genpkey -algorithm ED25519 -out key")));
  ASSERT_TRUE(key) << key.error().message;
  expect_openssh_uses_it(*key);
}

struct Mistake {
  const char* name;
  const char* script;
  SshKeyProblem problem;
  const char* says;
};

class BadKey : public SshKeyTest, public testing::WithParamInterface<Mistake> {};

TEST_P(BadKey, T_K01_IsRefusedWithItsKindAndARemedy) {
  SshKeyProblem problem = SshKeyProblem::kNone;
  const auto key = SshKey::import(Secret(made_by(GetParam().script)), &problem);
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, base::Code::kInvalid);
  EXPECT_EQ(problem, GetParam().problem) << crypto::ssh_key_problem_name(problem);
  EXPECT_THAT(key.error().message, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, BadKey,
    testing::Values(
        Mistake{"public_line", "ssh-keygen -q -t ed25519 -N '' -f k2; mv k2.pub key", SshKeyProblem::kPublicKey,
                "without .pub"},
        Mistake{"public_pem", "openssl genpkey -algorithm ED25519 | openssl pkey -pubout -out key",
                SshKeyProblem::kPublicKey, "public key"},
        Mistake{"public_rfc4716", "ssh-keygen -q -t ed25519 -N '' -f k3; ssh-keygen -e -f k3.pub > key",
                SshKeyProblem::kPublicKey, "public key"},
        Mistake{"putty", "printf 'PuTTY-User-Key-File-3: ssh-ed25519\\nEncryption: none\\n' > key",
                SshKeyProblem::kPutty, "puttygen"},
        Mistake{"certificate_x509",
                "openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=x -out key 2>/dev/null",
                SshKeyProblem::kCertificate, "certificate"},
        Mistake{"certificate_ssh",
                "ssh-keygen -q -t ed25519 -N '' -f ca; ssh-keygen -q -t ed25519 -N '' -f k4;"
                "ssh-keygen -q -s ca -I id -n root k4.pub; mv k4-cert.pub key",
                SshKeyProblem::kCertificate, "certificate"},
        Mistake{"dsa",
                "openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 2>/dev/null > p;"
                "openssl genpkey -paramfile p -out key",
                SshKeyProblem::kUnsupported, "DSA"},
        Mistake{"x25519", "openssl genpkey -algorithm X25519 -out key", SshKeyProblem::kUnsupported, "not supported"},
        Mistake{"other_curve", "openssl ecparam -name secp256k1 -genkey -noout -out key", SshKeyProblem::kUnsupported,
                "not supported"},
        Mistake{"rsa_2048", "ssh-keygen -q -t rsa -b 2048 -N '' -f key", SshKeyProblem::kWeak, "3072"},
        Mistake{"rsa_2048_pem", "ssh-keygen -q -t rsa -b 2048 -m PEM -N '' -f key", SshKeyProblem::kWeak, "3072"},
        Mistake{"passphrase_openssh", "ssh-keygen -q -t ed25519 -N 'pass phrase' -f key", SshKeyProblem::kPassphrase,
                "ssh-keygen -p -N '' -f KEY"},
        Mistake{"passphrase_pem", "ssh-keygen -q -t rsa -b 3072 -m PEM -N 'pass phrase' -f key",
                SshKeyProblem::kPassphrase, "ssh-keygen -p -N '' -f KEY"},
        Mistake{"passphrase_pkcs8", "openssl genpkey -algorithm ED25519 -aes256 -pass pass:abcdef -out key",
                SshKeyProblem::kPassphrase, "ssh-keygen -p -N '' -f KEY"},
        Mistake{"two_keys", "ssh-keygen -q -t ed25519 -N '' -f a; ssh-keygen -q -t ed25519 -N '' -f b; cat a b > key",
                SshKeyProblem::kSeveral, "more than one"},
        Mistake{"trailing_junk", "ssh-keygen -q -t ed25519 -N '' -f key; echo 'and so on' >> key",
                SshKeyProblem::kTrailing, "other text"},
        Mistake{"leading_junk", "ssh-keygen -q -t ed25519 -N '' -f c; (echo 'here it is:'; cat c) > key",
                SshKeyProblem::kTrailing, "other text"},
        Mistake{"no_footer", "ssh-keygen -q -t ed25519 -N '' -f d; grep -v END d > key", SshKeyProblem::kTruncated,
                "cut off"},
        Mistake{"megabyte", "head -c 1000000 /dev/zero | tr '\\0' a > key", SshKeyProblem::kTooLarge, "too long"},
        Mistake{"prose", "echo 'my key is under the mat' > key", SshKeyProblem::kNotAKey, "not a private key"},
        Mistake{"empty", ": > key", SshKeyProblem::kNotAKey, "not a private key"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(SshKeyTest, T_K01_HalvesOfTwoKeysAreNotAKey) {
  const auto one = SshKey::generate(SshKeyType::kEd25519, "");
  const auto two = SshKey::generate(SshKeyType::kEd25519, "");
  ASSERT_TRUE(one && two);
  const auto body = [](const SshKey& key) {
    auto lines = base::split(key.private_text().reveal(), '\n');
    std::string text;
    for (const auto& line : lines) text += line.starts_with("-----") ? "" : line;
    return *base::from_base64(text);
  };
  const auto point = [](const SshKey& key) { return key.public_blob().substr(key.public_blob().size() - 32); };
  const auto mixed = base::replace_all(body(*one), point(*one), point(*two));
  SshKeyProblem problem = SshKeyProblem::kNone;
  EXPECT_FALSE(SshKey::import(Secret("-----BEGIN OPENSSH PRIVATE KEY-----\n" + base::to_base64(mixed) +
                                     "\n-----END OPENSSH PRIVATE KEY-----\n"),
                              &problem));
  EXPECT_EQ(problem, SshKeyProblem::kInconsistent);
}

TEST_F(SshKeyTest, T_K01_TheRefusalNeverRepeatsTheText) {
  for (const std::string text : {"hunter2-canary", "-----BEGIN hunter2-canary-----\nx\n-----END hunter2-canary-----"}) {
    const auto key = SshKey::import(Secret(text));
    ASSERT_FALSE(key);
    EXPECT_THAT(key.error().message + key.error().detail, testing::Not(HasSubstr("canary")));
  }
}

TEST_F(SshKeyTest, AMintedKeyOfEachTypeIsUsableByOpenssh) {
  for (const auto type : {SshKeyType::kEd25519, SshKeyType::kRsa, SshKeyType::kEcdsa}) {
    const auto key = SshKey::generate(type, "runbridge acme\nssh-rsa AAAA");
    ASSERT_TRUE(key) << key.error().detail;
    EXPECT_EQ(key->comment(), "runbridge acme ssh-rsa AAAA");
    EXPECT_EQ(key->bits(), type == SshKeyType::kRsa ? 4096 : 256);
    expect_openssh_uses_it(*key);
  }
}

TEST_F(SshKeyTest, TwoMintedKeysDiffer) {
  const auto one = SshKey::generate(SshKeyType::kEd25519, ""), two = SshKey::generate(SshKeyType::kEd25519, "");
  ASSERT_TRUE(one && two);
  EXPECT_NE(one->fingerprint(), two->fingerprint());
}

TEST_F(SshKeyTest, SignsRsaWithTheAlgorithmAskedFor) {
  const auto key = SshKey::import(Secret(made_by("ssh-keygen -q -t rsa -b 3072 -N '' -f key")));
  ASSERT_TRUE(key);
  EXPECT_THAT(*key->sign("data", SshKey::kRsaSha256), HasSubstr("rsa-sha2-256"));
  EXPECT_THAT(*key->sign("data", SshKey::kRsaSha512), HasSubstr("rsa-sha2-512"));
  EXPECT_THAT(*key->sign("data", 0), HasSubstr("ssh-rsa"));
}

TEST(SshKeyTypes, HaveTheNamesOfTheApi) {
  for (const auto type : {SshKeyType::kEd25519, SshKeyType::kRsa, SshKeyType::kEcdsa}) {
    const auto again = crypto::ssh_key_type_from(crypto::ssh_key_type_name(type));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, type);
  }
  const auto wrong = crypto::ssh_key_type_from("dsa");
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("ed25519, rsa or ecdsa"));
}

}  // namespace
