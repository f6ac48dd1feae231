"""The shipped catalogue of connection types as a test uses it: every scheme, values that it takes, its YAML form."""

import base64
import json
import os
import re
import secrets
import subprocess
import tempfile

from server import SOURCE

FILE = os.path.join(SOURCE, "src/catalogue/connection-types.json")


class Scheme:
    def __init__(self, type_, scheme):
        self.type, self.id, self.data = type_, scheme["id"], scheme
        self.parameters = scheme["parameters"]
        self.fixed_target = bool(type_.get("target", {}).get("fixed"))

    def __str__(self):
        return f"{self.type['id']} / {self.id}"

    def secrets(self):
        return [one for one in self.parameters if one.get("secret")]


def all_types():
    with open(FILE, encoding="utf-8") as file:
        catalogue = json.load(file)
    return catalogue["types"] + catalogue["extension_types"]


def all_schemes():
    return [Scheme(type_, scheme) for type_ in all_types() for scheme in type_["schemes"]]


def find(type_name, credentials_type):
    """As a file names them, by id or alias."""

    def plain(text):
        return re.sub("_", "", text or "").lower()

    for type_ in all_types():
        if plain(type_name) not in [plain(name) for name in [type_["id"], *type_["aliases"].get("yaml", [])]]:
            continue
        schemes = [Scheme(type_, one) for one in type_["schemes"]]
        if not credentials_type and len(schemes) == 1:
            return schemes[0]
        for scheme in schemes:
            names = [scheme.id, *(scheme.data["yaml_credentials_type"] or ["none"])]
            if plain(credentials_type or "none") in [plain(name) for name in names]:
                return scheme
    raise AssertionError(f"no {type_name} / {credentials_type}")


class Keys:
    """A certificate, its key, both as PKCS#12, and an SSH key; made once."""

    def __init__(self):
        self.pfx_password = "canary-pfx-" + secrets.token_hex(8)
        with tempfile.TemporaryDirectory() as directory:
            def at(name):
                return os.path.join(directory, name)

            def openssl(*words):
                subprocess.run(["openssl", *words], check=True, capture_output=True)

            def read(name):
                with open(at(name), "rb") as file:
                    return file.read()

            openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", at("key"), "-out", at("certificate"),
                    "-subj", "/CN=example.com", "-days", "30")
            for name, password in (("pfx", self.pfx_password), ("pfx-open", "")):
                openssl("pkcs12", "-export", "-inkey", at("key"), "-in", at("certificate"), "-out", at(name),
                        "-passout", "pass:" + password)
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "x", "-f", at("ssh")], check=True)
            self.key, self.certificate, self.ssh = (read(name).decode() for name in ("key", "certificate", "ssh"))
            self.pfx, self.pfx_open = (base64.b64encode(read(name)).decode() for name in ("pfx", "pfx-open"))


class Values:
    """Values for connection number `number`. Those of two numbers differ in host and secrets, and every secret has
    the tag in it or is a key of `keys`."""

    def __init__(self, number, tag, keys, references=None):
        self.tag, self.keys = tag, keys
        self.references = references or {}  # by type: the name of another connection to point to
        self.host = f"c{number}.example.com"
        self.number = number

    def good(self, scheme):
        """By parameter id, one for each parameter that applies."""
        out = {}
        for parameter in scheme.parameters:
            if parameter.get("filled_by_flow") and scheme.data.get("on_create"):
                continue  # the server makes it
            wanted = parameter.get("show_when") or {}
            if all(out.get(key) == str(value).lower() or out.get(key) == value for key, value in wanted.items()):
                out[parameter["id"]] = self.value(scheme, parameter)
        return out

    def value(self, scheme, parameter):
        if parameter.get("options"):
            first = parameter["options"][0]
            return str(first["value"] if isinstance(first, dict) else first)
        if parameter["kind"] == "bool":
            return "true"
        if "connections" in parameter.get("options_from", {}):
            return self.references[parameter["options_from"]["connections"]]
        rule = parameter.get("rule")
        if scheme.type["id"] in ("container_registry", "docker_registry") and rule == "registry_url":
            azure = scheme.type["id"] == "container_registry" or scheme.id.startswith("azure")
            return f"https://c{self.number}.azurecr.io" if azure else f"https://{self.host}"
        of_rule = self.by_rule().get(rule)
        if of_rule is not None:
            return of_rule
        if parameter["id"] == "password" and any(one.get("rule") == "base64_pfx" for one in scheme.parameters):
            return self.keys.pfx_password
        if parameter["id"] in ("issuer", "subject"):
            return None  # the server sets them
        if parameter["id"] == "context":
            return "second"
        if rule not in (None, "non_empty"):
            raise AssertionError(f"no value is known for the rule {rule}")
        if parameter["id"] == "passphrase":
            return None  # the key has none
        return ("canary-" + self.tag if parameter.get("secret") else "value") + f"-{self.number}-{parameter['id']}"

    def by_rule(self):
        host, keys = self.host, self.keys
        guid = "00000000-0000-0000-0000-0000000000%02x" % self.number
        return {
            "http_url": f"https://{host}/base", "https_url": f"https://{host}/base", "any_url": f"https://{host}/base",
            "git_url": f"https://{host}/team/repo", "git_http_url": f"https://{host}/team/repo.git",
            "svn_url": f"https://{host}/repos/infra", "docker_host_url": f"tcp://{host}:2376",
            "registry_url": f"https://{host}", "cluster_endpoint": f"tcp://{host}:19000", "host": host, "port": "2222",
            "guid": guid, "tenant": guid, "work_account": "operator@example.com", "email": "operator@example.com",
            "thumbprint_list": "00112233445566778899AABBCCDDEEFF00112233", "twine_name": f"wheels-{self.number}",
            "maven_id": f"releases-{self.number}", "service_bus_queue": "deployments/finished", "k8s_name": "web",
            "service_bus_connection_string":
                f"Endpoint=sb://{host}/;SharedAccessKeyName=send;SharedAccessKey=canary{self.tag}{self.number}=",
            "snowflake_jdbc": "jdbc:snowflake://example-org.snowflakecomputing.com/?db=SALES&warehouse=ETL_WH&"
                              "role=LOADER&scope=api://00000000-0000-0000-0000-00000000a001/.default",
            "sql_connection_string": f"Server=tcp:{host},1433;Database=inventory;Trusted_Connection=False;"
                                     "Encrypt=True;Connection Timeout=30",
            "s3_bucket": "example-training-data", "aws_access_key_id": "AKIAEXAMPLE0123456", "aws_region": "eu-west-1",
            "chef_user": "deployer", "spn": "HTTP/fabric.example.com", "path": "/models",
            "ssh_fingerprint": "SHA256:" + "A" * 43,
            "kubeconfig_yaml": f"apiVersion: v1\nkind: Config\nclusters:\n- name: k{self.number}\n  cluster:\n"
                               f"    server: https://{host}:6443\nusers:\n- name: u{self.number}\n  user:\n"
                               f"    token: canary-{self.tag}-{self.number}-kubeconfig\ncontexts:\n"
                               f"- name: second\n  context: {{cluster: k{self.number}, user: u{self.number}}}\n"
                               "current-context: second\n",
            "pem_certificate": keys.certificate, "pem_or_base64_cert": keys.certificate, "pem_private_key": keys.key,
            "pem_rsa_private_key": keys.key, "pem_cert_and_key": keys.certificate + keys.key,
            "ssh_private_key": keys.ssh, "base64_pfx": keys.pfx, "base64_pfx_nopass": keys.pfx_open,
        }


def path_of(parameter):
    """Where the YAML form has it; "target (host)" is a part of the target, "x (or y)" is in two places."""
    return parameter["yaml_path"].split(" (")[0]


def yaml_of(scheme, name, values):
    """The YAML form, secrets included."""
    parts = {one["id"]: values[one["id"]] for one in scheme.parameters
             if one["id"] in values and " (" in one["yaml_path"] and path_of(one) == "target"}
    top = {"name": name, "type": scheme.type["id"]}
    maps = {"properties": {}, "credentials": {}}
    names = scheme.data["yaml_credentials_type"]
    if names and names[0]:
        maps["credentials"]["type"] = names[0]
    if parts:
        top["target"] = re.sub(r"{{(\w+)}}", lambda found: parts[found[1]], scheme.type["target"]["template"])
    for parameter in scheme.parameters:
        value = values.get(parameter["id"])
        if value is None or parameter["id"] in parts:
            continue
        first, _, rest = path_of(parameter).partition(".")
        if rest:
            maps[first][rest] = value
        else:
            top[first] = value
    lines = [f"{key}: {written(value, 2)}" for key, value in top.items()]
    for key, entries in maps.items():
        if entries:
            lines += [f"{key}:"] + [f"  {inner}: {written(value, 4)}" for inner, value in entries.items()]
    return "\n".join(lines) + "\n"


def written(value, indent):
    """A text of several lines as a block, numbers and truths plain, all else in quotes."""
    if "\n" in value:
        return "|\n" + "\n".join(" " * indent + line for line in value.rstrip("\n").split("\n"))
    return value if value in ("true", "false") or value.isdigit() else json.dumps(value)
