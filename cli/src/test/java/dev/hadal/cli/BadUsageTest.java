package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong use of every command: its exit code, one sentence, nothing written. */
class BadUsageTest {
  /** Exit code, arguments, a part of the sentence. */
  private static final String LINES =
      """
      64 |  | expected a command
      64 | frobnicate | expected a command, found 'frobnicate'
      64 | tokenzier | did you mean tokenizer?
      64 | --frob | found the option '--frob'
      64 | help frob | found 'frob'
      64 | generate | expected --model PATH, found none
      64 | generate --modle x | did you mean --model?
      64 | generate -m run stray | unexpected argument 'stray'
      64 | generate -m run -p a --threads 0 | --threads: expected 1 to 1024, found 0
      64 | generate -m run -p a --threads two | 'two' is not an int
      64 | generate -m run -p a --threads | --threads
      64 | generate -m run -p a --kernels cuda | expected auto, reference, vector or generated, found cuda
      64 | generate -m run -p a --precision int3 | expected exact, bf16, fp8 or int8, found 'int3'
      64 | generate -m run -p a --temp -1 | --temperature: expected 0 to 100
      64 | generate -m run -p a --temp NaN | --temperature: expected 0 to 100
      64 | generate -m run -p a --repeat-penalty 0 | --repetition-penalty: expected above 0
      64 | generate -m run -p a --repeat-last-n -1 | --repeat-last-n: expected 0 or more
      64 | generate -m run -p a --frequency-penalty 1e9 | --frequency-penalty: expected -100 to 100
      64 | generate -m run -p a --presence-penalty x | 'x' is not a double
      64 | generate -m run -p a --logit-bias 5 | --logit-bias: expected ID=X, found '5'
      64 | generate -m run -p a --logit-bias 5=1e9 | --logit-bias: expected ID=X, found '5=1e9'
      64 | generate -m run -p a --logit-bias 5=1001 | --logit-bias: expected values from -1000
      64 | generate -m run -p a --logit-bias 5=1 --logit-bias 5=2 | found 5 twice
      64 | generate -m run -p a --top-p 2 | --top-p: expected above 0, at most 1
      64 | generate -m run -p a --top-k -1 | --top-k: expected 0 or more
      64 | generate -m run -p a --min-p 2 | --min-p: expected 0 to 1
      64 | generate -m run -p a --logprobs 1000 | --logprobs: expected at most 100
      64 | generate -m run -p a -n 0 | --max-tokens: expected 1 or more
      64 | generate -m run -p a -n -2 | --max-tokens: expected 0 or more
      64 | generate -m run -p a --greedy --temp 1 | expected --greedy or --temperature
      64 | generate -m run -p a -n 1 -n 2 | only once
      65 | generate -m nowhere -p a | nowhere: there is no such file or folder
      65 | generate -m empty -p a | config.json: expected the model's configuration
      65 | generate -m cut -p a | model.safetensors
      65 | generate -m run/model/config.json -p a | config.json
      65 | generate -m run -p a -n 64 | do not fit into 64
      64 | chat | expected --model PATH, found none
      64 | chat -m run -c 0 | --max-model-len: expected 1 or more, found 0
      64 | chat -m run -c 65 | --max-model-len: expected at most the model's 64 positions, found 65
      64 | chat -m run -n 0 | --max-tokens: expected 1 or more
      64 | chat -m run --top-p 2 | --top-p: expected above 0, at most 1
      64 | chat -m run --greedy --temp 1 | expected --greedy or --temperature
      65 | chat -m run | the model has no chat template; name a file with one, or one of
      65 | chat -m run --chat-template kimi | kimi: there is no such file; built-in chat templates are
      65 | chat -m nowhere | nowhere: there is no such file or folder
      64 | score -m run | expected --ids FILE and --output FILE, found none
      64 | score -m run --ids ids.json -o x.safetensors --with hiden | found 'hiden'
      64 | score -m run --ids ids.json -o no/x.safetensors | there is no folder
      64 | score -m run --ids ids.json -o empty | expected a file, found the folder
      64 | score -m run --ids ids.json -o x.safetensors --precision int3 | found 'int3'
      65 | score -m run --ids nowhere.json -o x.safetensors | nowhere.json: there is no such file
      65 | score -m run --ids broken.json -o x.safetensors | broken.json: not valid JSON
      65 | score -m nowhere --ids ids.json -o x.safetensors | nowhere: there is no such file
      65 | score -m cut --ids ids.json -o x.safetensors | model.safetensors
      64 | quickstart --minutes 0 | --minutes: expected more than 0
      64 | quickstart --minutes x | 'x' is not a double
      64 | quickstart --port -1 | --port: expected 0 to 65535
      64 | quickstart --data text.txt | --data: expected a folder
      64 | quickstart --precision exact | --precision: expected fp32, bf16 or fp8
      65 | quickstart --corpus nowhere | nowhere: there is no such file or folder
      65 | quickstart --corpus empty | expected text, found none
      78 | quickstart --no-serve --data new --set data.vocab=1 | vocab
      64 | train | expected CONFIG.yaml or --resume DIR, found neither
      64 | train a.yaml --resume run | found both
      64 | train a.yaml --precision int8 | --precision: expected fp32, bf16 or fp8
      65 | train nowhere.yaml | nowhere.yaml: there is no such file
      65 | train --resume empty | config.yaml: there is no such file
      78 | train --resume bad | bad
      64 | eval | expected one of bpb
      64 | eval bpb | expected --model PATH and PATH, found none
      65 | eval bpb nowhere -m run | nowhere: there is no such file or folder
      65 | eval bpb text.txt -m nowhere | nowhere: there is no such file or folder
      64 | eval bpb text.txt -m run --window 65 | --window: expected 1 to the model's 64
      64 | eval perplexity | expected --model PATH and FILE, found none
      65 | eval perplexity nowhere -m run | nowhere: expected a text file, found none
      64 | quantize -m run -o new | expected --form FORM, found none
      64 | quantize -m run -o new --form int5 | expected int4, int8 or fp8, found 'int5'
      64 | convert -m run | expected --output DIR, found none
      65 | convert -m nowhere -o new | nowhere: there is no such file or folder
      64 | cache clean | did you mean clear?
      64 | serve | expected --model PATH, found none
      64 | serve -m run --port 99999 | --port: expected 0 to 65535, found 99999
      64 | serve -m run -np 0 | --max-num-seqs: expected 1 to 4096, found 0
      64 | serve -m run -c 0 | --max-model-len: expected 1
      64 | serve -m run -c 65 | expected at most the model's 64 positions, found 65
      64 | serve -m run --queue -1 | --queue: expected 0
      64 | serve -m run --api-key a --api-key-file ids.json | found both
      78 | serve -m run --host 0.0.0.0 --port 0 | can be reached from other machines
      78 | serve -m run --api-key-file nowhere | the file cannot be read
      65 | serve -m nowhere | nowhere: there is no such file or folder
      64 | verify | expected --model PATH or --golden FOLDER, found neither
      64 | verify -m run --golden empty | expected --model PATH or --golden FOLDER, found both
      64 | verify --json | expected --model PATH beside --only
      64 | verify -m run --only heads | --only: expected weights or layers, found 'heads'
      64 | verify -m run --only weights --layers 1 | expected no --layers and no --prompt
      64 | verify -m run --layers 2-1 | --layers: expected A-B, counted from 0, found '2-1'
      64 | verify -m run --layers a | --layers: expected A-B, counted from 0, found 'a'
      65 | verify -m nowhere | nowhere: there is no such file or folder
      65 | verify --golden nowhere | nowhere: expected a folder of golden numbers
      65 | verify --golden empty | expected golden numbers
      64 | inspect | expected PATH, found none
      64 | inspect --jsn x | did you mean --json?
      65 | inspect nowhere | nowhere: there is no such file or folder
      65 | inspect empty | found none
      65 | inspect cut | model.safetensors
      65 | inspect cut.gguf | cut.gguf: version: expected 4 bytes from byte 4 on
      65 | score -m cut.gguf --ids ids.json -o x.safetensors | cut.gguf: version
      64 | bench frob | expected one of machine
      64 | bench --seconds 0 | --seconds: expected more than 0
      64 | bench --peer x | --peer: expected NAME=VALUE
      64 | bench --kernels fast | found fast
      64 | doctor --thread 1 | did you mean --threads?
      64 | doctor stray | unexpected argument 'stray'
      64 | tokenizer | expected one of train, encode, decode
      64 | tokenizer encod | did you mean encode?
      64 | tokenizer encode | expected --tokenizer PATH, found none
      64 | tokenizer encode --tokenizer run --jsno | did you mean --json?
      64 | tokenizer encode --tokenizer run --json text | expected TEXT or --json, found both
      64 | tokenizer decode --tokenizer run --json 1 | expected ids or --json, found both
      65 | tokenizer encode --tokenizer nowhere a | nowhere: there is no such file or folder
      65 | tokenizer encode --tokenizer empty a | empty: expected tokenizer.json or tiktoken.model
      65 | tokenizer encode --tokenizer broken.json a | broken.json
      65 | tokenizer encode --tokenizer run --json | standard input: expected a JSON value
      65 | tokenizer decode --tokenizer run x | expected a token id, found 'x'
      64 | tokenizer train | expected --vocab-size N and --output DIR and --corpus PATH
      64 | tokenizer train --corpus text.txt --vocab-size 255 -o new | expected 256
      64 | tokenizer train --corpus text.txt --vocab-size x -o new | 'x' is not an int
      64 | tokenizer train --corpus text.txt --vocab-size 300 -o text.txt | expected a folder
      64 | tokenizer train --corpus text.txt --vocab-size 300 -o new --min-frequency 0 | found 0
      65 | tokenizer train --corpus nowhere --vocab-size 300 -o new | nowhere: there is no such
      65 | tokenizer train --corpus empty --vocab-size 300 -o new | expected text, found none
      """;

  @TempDir private static Path folder = Path.of("");

  @BeforeAll
  static void write() throws IOException {
    TestFiles.run(folder.resolve("run"));
    TestFiles.write(folder.resolve("ids.json"), "[[1, 2]]");
    TestFiles.write(folder.resolve("text.txt"), "some text");
    TestFiles.write(folder.resolve("cut.gguf"), "GGUF");
    TestFiles.write(folder.resolve("broken.json"), "{\"model\": ");
    Files.write(folder.resolve("latin1.txt"), new byte[] {'a', (byte) 0xE9, 'b'});
    Path cut = Files.createDirectories(folder.resolve("cut"));
    Path whole = folder.resolve("run/model");
    for (String name : List.of("config.json", "tokenizer.json")) {
      Files.copy(whole.resolve(name), cut.resolve(name));
    }
    byte[] weights = Files.readAllBytes(whole.resolve("model.safetensors"));
    Files.write(cut.resolve("model.safetensors"), java.util.Arrays.copyOf(weights, 5000));
    Files.createDirectories(folder.resolve("empty"));
    TestFiles.write(
        Files.createDirectories(folder.resolve("bad")).resolve("config.yaml"), "trian: {a: 1}");
  }

  static Stream<Arguments> lines() {
    return LINES
        .lines()
        .map(line -> line.split("\\|"))
        .map(
            parts ->
                Arguments.of(
                    Integer.parseInt(parts[0].strip()), parts[1].strip(), parts[2].strip()));
  }

  /** Names of files are in the test's folder. */
  private static String[] arguments(String line) {
    if (line.isEmpty()) {
      return new String[0];
    }
    String[] words = line.split(" ");
    for (int i = 1; i < words.length; i++) {
      boolean named =
          words[i - 1].matches(
              "-m|-o|--ids|--tokenizer|--corpus|--golden|--api-key-file|--data|--resume|bpb|inspect");
      named &= !words[i].startsWith("-");
      words[i] = named ? folder.resolve(words[i]).toString() : words[i];
    }
    return words;
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return new ArrayList<>(files.sorted().toList());
    }
  }

  @ParameterizedTest(name = "hadal {1}")
  @MethodSource("lines")
  void isOneSentenceWithACodeAndLeavesNothing(int code, String line, String sentence)
      throws IOException {
    List<Path> before = files();
    Run run = Run.of(arguments(line));
    assertThat(run.err()).startsWith("hadal").contains(sentence).doesNotContain("Exception");
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.code()).isEqualTo(code);
    assertThat(run.out()).isEmpty();
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void aWrongValueOfTheEnvironmentIsNamed() {
    Run run = Run.with("", Map.of("HADAL_THREADS", "x"), arguments("generate -m run -p a").clone());
    assertThat(run.code()).isEqualTo(64);
    assertThat(run.err()).contains("from the environment variable HADAL_THREADS");
  }

  @Test
  void textThatIsNotUtf8IsRefused() {
    byte[] bytes = {'a', (byte) 0xC0, 'b'};
    Run run = Run.with(bytes, Map.of(), arguments("tokenizer encode --tokenizer run"));
    assertThat(run.code()).isEqualTo(65);
    assertThat(run.err()).contains("expected UTF-8 text");
  }

  @Test
  void theStackTraceIsForThoseWhoAskForIt() {
    String line = "score -m nowhere --ids ids.json -o x.safetensors";
    assertThat(Run.of(arguments(line + " --stacktrace")).err()).contains("\tat dev.hadal");
    assertThat(Run.with("", Map.of("HADAL_DEBUG", "1"), arguments(line)).err())
        .contains("\tat dev.hadal");
  }

  @ParameterizedTest
  @EnumSource(Verb.class)
  void everyCommandHasHelp(Verb verb) {
    Run run = Run.of(verb.word(), "--help");
    assertThat(run.code()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).startsWith("Usage: hadal " + verb.word()).doesNotContain("\u001b");
    assertThat(Run.of("help", verb.word()).out()).isEqualTo(run.out());
    assertThat(Run.of("--help").out()).contains(verb.word());
  }

  @Test
  void theVersionIsToldWithWhatItRunsOn() {
    Run run = Run.of("--version");
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains("hadal " + Version.NUMBER)
        .contains("Java 25")
        .contains("vector");
  }
}
