"""How well a camera sees and sends: figures of its pictures, and a judgement with named reasons."""
