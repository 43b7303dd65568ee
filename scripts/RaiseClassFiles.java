import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Writes a jar again with class files that the JVM's AOT cache takes. It passes over those from
 * before Java 6, which have no stack maps (JVMS 4.10.1), and picocli's are such: every start would
 * read and verify them anew. The code stays what it is. Arguments: the jar, where the new one goes.
 */
final class RaiseClassFiles {
  private static final int OLDEST = ClassFile.JAVA_6_VERSION;
  private static final int RAISED = ClassFile.JAVA_8_VERSION;

  private RaiseClassFiles() {}

  public static void main(String[] arguments) throws IOException {
    Path from = Path.of(arguments[0]);
    try (JarFile jar = new JarFile(from.toFile());
        URLClassLoader classes = new URLClassLoader(new URL[] {from.toUri().toURL()}, null);
        JarOutputStream out = new JarOutputStream(Files.newOutputStream(Path.of(arguments[1])))) {
      ClassFile format =
          ClassFile.of(
              ClassFile.ClassHierarchyResolverOption.of(
                  ClassHierarchyResolver.ofResourceParsing(classes)
                      .orElse(ClassHierarchyResolver.defaultResolver())));
      for (JarEntry entry : Collections.list(jar.entries())) {
        byte[] bytes = jar.getInputStream(entry).readAllBytes();
        out.putNextEntry(new JarEntry(entry.getName()));
        out.write(entry.getName().endsWith(".class") ? raised(format, bytes) : bytes);
        out.closeEntry();
      }
    }
  }

  private static byte[] raised(ClassFile format, byte[] bytes) {
    var old = format.parse(bytes);
    if (old.majorVersion() >= OLDEST) {
      return bytes;
    }
    // Stack maps are made for code that is written anew, not for code that is copied.
    ClassTransform rewriting =
        ClassTransform.transformingMethodBodies((code, element) -> code.with(element));
    return format.transformClass(
        old,
        rewriting.andThen(
            (target, element) ->
                target.with(
                    element instanceof ClassFileVersion
                        ? ClassFileVersion.of(RAISED, 0)
                        : element)));
  }
}
