// judge looks at a Wenze log from outside, with the code of Go's checksum database (golang.org/x/mod/sumdb): it shares
// no line with what it judges.
//
//	judge -log URL -key VKEY [-witness VKEY]... [-quorum K] [-old FILE] [-entries DIR] [RECEIPT=ENTRY]...
//
// It reads the served checkpoint, verifies the log's signature and at least K cosignatures of the named witnesses, walks
// every tile of the tree, and says the size and the root. With -old it also proves that the tree extends that earlier
// checkpoint; with -entries every entry of the bundles below DIR must hash to its leaf; each receipt is a .tlog-proof
// that must prove the bytes of the file ENTRY. The first thing that is wrong ends it with status 1.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

type keys []string

func (k *keys) String() string     { return strings.Join(*k, " ") }
func (k *keys) Set(v string) error { *k = append(*k, v); return nil }

func main() {
	var witnesses keys
	log := flag.String("log", "", "prefix of the served log")
	key := flag.String("key", "", "the log's verifier key")
	quorum := flag.Int("quorum", 0, "how many of the witnesses must have cosigned")
	old := flag.String("old", "", "an earlier checkpoint of the same log")
	entries := flag.String("entries", "", "a folder that holds tile/entries")
	flag.Var(&witnesses, "witness", "a witness's verifier key; may be repeated")
	flag.Parse()
	if err := judge(*log, *key, witnesses, *quorum, *old, *entries, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "judge:", err)
		os.Exit(1)
	}
}

func judge(log, key string, witnesses []string, quorum int, old, entries string, receipts []string) error {
	verifiers, err := newVerifiers(key, witnesses, quorum)
	if err != nil {
		return err
	}
	data, err := fetch(log + "/checkpoint")
	if err != nil {
		return err
	}
	tree, err := verifiers.open(data)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	reader := &tiles{log: log, kept: map[string][]byte{}}
	hashes := tlog.TileHashReader(tree, reader)
	if err := walk(tree, hashes, entries); err != nil {
		return err
	}
	fmt.Printf("tree %d %v tiles %d\n", tree.N, tree.Hash, len(reader.kept))
	if old != "" {
		if err := extends(verifiers, tree, hashes, old); err != nil {
			return err
		}
	}
	for _, pair := range receipts {
		proof, entry, ok := strings.Cut(pair, "=")
		if !ok {
			return fmt.Errorf("%q is not RECEIPT=ENTRY", pair)
		}
		if err := receipt(verifiers, proof, entry); err != nil {
			return fmt.Errorf("%s: %w", proof, err)
		}
	}
	return nil
}

// walk reads every leaf through the tiles, which authenticates each tile up to the root.
func walk(tree tlog.Tree, hashes tlog.HashReader, entries string) error {
	for start := int64(0); start < tree.N; start += 1 << tileHeight {
		end := start + 1<<tileHeight
		if end > tree.N {
			end = tree.N
		}
		indexes := []int64{}
		for n := start; n < end; n++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, n))
		}
		leaves, err := hashes.ReadHashes(indexes)
		if err != nil {
			return err
		}
		if entries == "" {
			continue
		}
		if err := bundle(entries, start, leaves); err != nil {
			return err
		}
	}
	return nil
}

func bundle(folder string, start int64, leaves []tlog.Hash) error {
	tile := tlog.Tile{H: tileHeight, L: -1, N: start >> tileHeight, W: len(leaves)}
	path := strings.Replace(served(tile), "tile/data/", "tile/entries/", 1)
	data, err := os.ReadFile(filepath.Join(folder, path))
	if err != nil {
		return err
	}
	for i, leaf := range leaves {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return fmt.Errorf("%s: ends within entry %d", path, start+int64(i))
		}
		length := int(binary.BigEndian.Uint16(data))
		if tlog.RecordHash(data[2:2+length]) != leaf {
			return fmt.Errorf("%s: entry %d is not what its leaf says", path, start+int64(i))
		}
		data = data[2+length:]
	}
	if len(data) != 0 {
		return fmt.Errorf("%s: has more than %d entries", path, len(leaves))
	}
	return nil
}

func extends(verifiers *verifiers, tree tlog.Tree, hashes tlog.HashReader, old string) error {
	data, err := os.ReadFile(old)
	if err != nil {
		return err
	}
	before, err := verifiers.open(data)
	if err != nil {
		return fmt.Errorf("%s: %w", old, err)
	}
	proof, err := tlog.ProveTree(tree.N, before.N, hashes)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, before.N, before.Hash); err != nil {
		return fmt.Errorf("the tree of %d does not extend that of %d: %w", tree.N, before.N, err)
	}
	fmt.Printf("extends %d\n", before.N)
	return nil
}

func receipt(verifiers *verifiers, proofPath, entryPath string) error {
	data, err := os.ReadFile(proofPath)
	if err != nil {
		return err
	}
	entry, err := os.ReadFile(entryPath)
	if err != nil {
		return err
	}
	head, checkpoint, ok := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("no tlog-proof")
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	if err != nil || !strings.HasPrefix(lines[0], "index ") {
		return errors.New("no index")
	}
	proof := tlog.RecordProof{}
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	tree, err := verifiers.open(checkpoint)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return err
	}
	fmt.Printf("receipt %d in %d\n", index, tree.N)
	return nil
}

// verifiers are the log's key, which must have signed, and those of the witnesses.
type verifiers struct {
	log       note.Verifier
	witnesses []note.Verifier
	quorum    int
}

func newVerifiers(key string, witnesses []string, quorum int) (*verifiers, error) {
	log, err := note.NewVerifier(key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	all := &verifiers{log: log, quorum: quorum}
	for _, each := range witnesses {
		witness, err := newCosigner(each)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", each, err)
		}
		all.witnesses = append(all.witnesses, witness)
	}
	return all, nil
}

// open verifies a checkpoint and gives the tree it names. The package's own ParseTree knows only the Go checksum
// database's first line.
func (v *verifiers) open(data []byte) (tlog.Tree, error) {
	opened, err := note.Open(data, note.VerifierList(append([]note.Verifier{v.log}, v.witnesses...)...))
	if err != nil {
		return tlog.Tree{}, err
	}
	signed, cosigned := false, map[string]bool{}
	for _, each := range opened.Sigs {
		if each.Name == v.log.Name() && each.Hash == v.log.KeyHash() {
			signed = true
		} else {
			cosigned[each.Name] = true
		}
	}
	if !signed {
		return tlog.Tree{}, errors.New("the log has not signed")
	}
	if len(cosigned) < v.quorum {
		return tlog.Tree{}, fmt.Errorf("%d witnesses have cosigned, not %d", len(cosigned), v.quorum)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != v.log.Name() {
		return tlog.Tree{}, errors.New("not three lines that begin with the log's name")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] || size < 0 {
		return tlog.Tree{}, fmt.Errorf("%q is no size", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// cosigner verifies the timestamped signatures of a witness (type 0x04), which the package does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newCosigner(vkey string) (*cosigner, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("no verifier key")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		return nil, errors.New("no key of a witness")
	}
	digest := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if fmt.Sprintf("%x", digest[:4]) != parts[1] {
		return nil, errors.New("the id is that of another key")
	}
	return &cosigner{parts[0], binary.BigEndian.Uint32(digest[:4]), ed25519.PublicKey(key[1:])}, nil
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Verify(text, made []byte) bool {
	if len(made) != 8+ed25519.SignatureSize {
		return false
	}
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(made), text)
	return ed25519.Verify(c.key, []byte(message), made[8:])
}

// tiles reads each tile once; what it keeps has been authenticated by the reader that asks for it.
type tiles struct {
	log  string
	kept map[string][]byte
}

func (t *tiles) Height() int                         { return tileHeight }
func (t *tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	read := [][]byte{}
	for _, tile := range wanted {
		path := served(tile)
		data, ok := t.kept[path]
		if !ok {
			var err error
			if data, err = fetch(t.log + "/" + path); err != nil {
				return nil, err
			}
			t.kept[path] = data
		}
		read = append(read, data)
	}
	return read, nil
}

// served is the path of C2SP tlog-tiles, which does not name the height.
func served(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight), "tile/", 1)
}

func fetch(url string) ([]byte, error) {
	response, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, response.Status)
	}
	return data, err
}
